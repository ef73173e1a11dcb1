/** Invented ad accounts, campaigns and ad sets, with the awkward cases: no budget of its own, archived, never delivered, long names. */
export const accounts = [
  { id: '1010101010', name: 'Acme Europe', currency: 'EUR' },
  // Meta counts no cents in yen.
  { id: '2020202020', name: 'Acme Japan', currency: 'JPY' },
] as const;

export interface Campaign {
  id: string;
  account_id: string;
  name: string;
  objective: string;
  status: Status;
  daily_budget?: string;
  lifetime_budget?: string;
  updated_time: string;
}

export interface Adset extends Omit<Campaign, 'objective'> {
  campaign_id: string;
  start_time?: string;
  end_time?: string;
}

type Status = 'ACTIVE' | 'PAUSED' | 'DELETED' | 'ARCHIVED';

const updated_time = '2026-01-15T09:00:00+0000';
const europe = { account_id: '1010101010', objective: 'OUTCOME_LEADS', updated_time };

export const campaigns: readonly Campaign[] = [
  { ...europe, id: '120210000000001', name: 'Spring leads DACH', status: 'ACTIVE', daily_budget: '5000' },
  { ...europe, id: '120210000000002', name: 'Webinar "2026"', status: 'PAUSED', daily_budget: '2000' },
  { ...europe, id: '120210000000003', name: 'Budget on the ad sets', status: 'ACTIVE' },
  { ...europe, id: '120210000000004', name: 'Fair, in all', status: 'ACTIVE', lifetime_budget: '900000' },
  { ...europe, id: '120210000000005', name: 'Autumn 2025', status: 'ARCHIVED', daily_budget: '1000' },
  {
    id: '120220000000001',
    account_id: '2020202020',
    name: '春のキャンペーン',
    objective: 'OUTCOME_TRAFFIC',
    status: 'ACTIVE',
    daily_budget: '8000',
    updated_time,
  },
];

const inEurope = { account_id: '1010101010', updated_time, start_time: '2026-01-02T08:00:00+0100' };
const ofMany = { ...inEurope, campaign_id: '120210000000003' };

export const adsets: readonly Adset[] = [
  { ...ofMany, id: '120310000000001', name: 'CFOs, 50+ staff', status: 'ACTIVE', daily_budget: '1200' },
  { ...ofMany, id: '120310000000002', name: 'حملة الربيع', status: 'PAUSED', daily_budget: '800' },
  {
    ...ofMany,
    id: '120310000000003',
    name: `Wien ${'und Umgebung '.repeat(28)}`.trim(),
    status: 'ACTIVE',
    lifetime_budget: '60000',
    end_time: '2099-01-01T00:00:00+0100',
  },
  { ...ofMany, id: '120310000000004', name: 'CFOs, 50+ staff', status: 'ARCHIVED', daily_budget: '1200' },
  // The campaign has the budget, so this has none of its own.
  { ...inEurope, campaign_id: '120210000000001', id: '120310000000005', name: 'DACH', status: 'ACTIVE' },
  {
    account_id: '2020202020',
    campaign_id: '120220000000001',
    id: '120320000000001',
    name: '東京 🗼',
    status: 'ACTIVE',
    updated_time,
  },
];

/** What each delivered in all, whatever the days. */
export const delivered: Readonly<Record<string, Record<string, string>>> = {
  '120210000000001': { impressions: '48211', reach: '30107', clicks: '911', spend: '1497.5' },
  '120210000000004': { impressions: '1203', reach: '1100', clicks: '12', spend: '88.09' },
  '120220000000001': { impressions: '90000', reach: '70000', clicks: '2100', spend: '124000' },
  '120310000000001': { impressions: '5010', reach: '4002', clicks: '77', spend: '210.40' },
};
