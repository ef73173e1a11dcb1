/** What the leads Worker and the vault say to each other, and what a person says to have a field of a lead shown. */
import { z } from 'zod';
import { leadFields, type LeadField, type LeadValues, type SealedLead } from './lead-seal.ts';
import type { Role } from './people.ts';
import type { Result } from './rpc.ts';

/** The vault's entrypoint for the leads Worker. It alone has the private key, and records each opening before it answers. */
export interface LeadVault {
  /**
   * Opens these fields of leads for a call of the leads tool. The vault verifies the dispatch token itself. One answer a lead, in
   * order; fields that a lead has not are left out.
   */
  open(token: string, leads: readonly SealedLead[], fields: readonly LeadField[]): Promise<LeadsOpened>;
  /** Opens one field for a person, whose credential the vault checks itself. One text a sealed part that holds the field. */
  reveal(
    credential: string | null,
    parts: readonly SealedLead[],
    input: RevealInput,
  ): Promise<Result<LeadRevealed>>;
}

export type LeadsOpened =
  | { ok: true; values: LeadValues[] }
  /**
   * `token-refused`: no live token of a call of the leads tool that reads leads. `unknown-key`: sealed for a key that the vault no longer
   * has. `not-genuine`: changed since it was sealed, or of another lead. Nothing was opened.
   */
  | { ok: false; why: 'token-refused' | 'unknown-key' | 'not-genuine' };

/** What a person was shown. */
export interface LeadRevealed {
  lead: string;
  field: LeadField;
  /** One, but of `note` as many as were left. */
  values: string[];
}

/** Auditors see what was done, not who wrote. */
export const mayRevealLeads: readonly Role[] = ['operator', 'approver', 'owner'];

export const revealSchema = z.strictObject({
  field: z.enum(leadFields),
  /** Recorded with who asked: in the audit log, so nothing about the person belongs in it. */
  reason: z.string().trim().min(3).max(200),
});
export type RevealInput = z.infer<typeof revealSchema>;
