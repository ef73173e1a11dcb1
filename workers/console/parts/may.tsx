import type { FC } from 'hono/jsx';
import type { Role } from '../../../shared/people.ts';
import type { Visitor } from '../visitor.ts';
import { roleName } from './layout.tsx';

/** Who may stop, and resume. Control decides by its own list; this one only spares people a refusal. */
export const mayStop: readonly Role[] = ['operator', 'incident-commander', 'owner'];

/** Whether a visitor holds one of these roles, so that a button is shown. */
export function holds({ roles }: Pick<Visitor, 'roles'>, allowed: readonly Role[]): boolean {
  return roles.some((role) => allowed.includes(role));
}

/** In the place of a button that this visitor may not use: who may. */
export const WhoMay: FC<{ what: string; allowed: readonly Role[] }> = ({ what, allowed }) => (
  <p class="muted">
    {what}: {allowed.map((role) => roleName(role)).join(', ')}. Your role does not.
  </p>
);
