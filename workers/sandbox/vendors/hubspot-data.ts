/** Invented people and companies at reserved domains, with the awkward cases that a real CRM holds. */

type Properties = Record<string, string>;

export interface Owner {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  type: 'PERSON' | 'QUEUE';
  archived: boolean;
}

const owner = (id: string, email: string, firstName: string, lastName: string): Owner => ({
  id,
  email,
  firstName,
  lastName,
  type: 'PERSON',
  archived: false,
});

export const owners: readonly Owner[] = [
  owner('9001', 'lena.fischer@toolgate.example', 'Lena', 'Fischer'),
  owner('9002', 'omar.haddad@toolgate.example', 'Omar', 'حداد'),
  owner('9003', 'no-name@toolgate.example', '', ''),
  { ...owner('9004', 'inbound@toolgate.example', 'Inbound', ''), type: 'QUEUE' },
  // Left the company: HubSpot assigns nothing to them any more.
  { ...owner('9005', 'left@toolgate.example', 'Former', 'Colleague'), archived: true },
];

export const seedContacts: [id: string, properties: Properties][] = [
  [
    '101',
    {
      email: 'ada@acme.example',
      firstname: 'Ada',
      lastname: 'Müller-Lüdenscheidt',
      phone: '+49 30 5550101',
      company: 'Acme GmbH',
      jobtitle: 'Head of Marketing',
      country: 'Germany',
      lifecyclestage: 'lead',
      hs_lead_status: 'NEW',
      hubspot_owner_id: '9001',
    },
  ],
  [
    '102',
    {
      email: 'sean@globex.example',
      firstname: 'Seán',
      lastname: "O'Neill",
      company: 'Globex',
      country: 'Ireland',
      hs_lead_status: 'NEW',
    },
  ],
  [
    '103',
    {
      email: 'sakura@sakura.example',
      firstname: '桜',
      lastname: '山田',
      company: '桜商事株式会社',
      country: 'Japan',
      lifecyclestage: 'customer',
    },
  ],
  [
    '104',
    {
      email: 'fatima@petra.example',
      firstname: 'فاطمة',
      lastname: 'الزهراء',
      company: 'Petra Trading',
      country: 'Jordan',
    },
  ],
  [
    '105',
    { email: 'nadiya@kalyna.example', firstname: 'Надія', lastname: 'Шевченко', phone: '+380 44 555 0105' },
  ],
  ['106', { email: 'jose@mono.example', firstname: 'José María', country: 'Mexico' }],
  ['107', { email: 'x@tiny.example' }],
  // No mail address: HubSpot allows it, so nothing may rely on one.
  ['108', { firstname: 'Prefers', lastname: 'Phone', phone: '+1 (555) 010-0108' }],
  // The same person twice, as happens after an import.
  [
    '109',
    { email: 'grace.hopper@northwind.example', firstname: 'Grace', lastname: 'Hooper', company: 'Northwind' },
  ],
  [
    '110',
    {
      email: 'ghopper@northwind.example',
      firstname: 'Grace',
      lastname: 'Hooper',
      company: 'Northwind Traders',
    },
  ],
  [
    '111',
    {
      email: 'anvi@himal.example',
      firstname: 'अन्वी',
      lastname: 'शर्मा',
      company: 'Himal Systems',
      hs_lead_status: 'CONNECTED',
      hubspot_owner_id: '9002',
    },
  ],
  [
    '112',
    {
      email: 'long@acme.example',
      firstname: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(2),
      lastname: 'Sr.',
      company: 'Acme GmbH',
    },
  ],
];

export const seedCompanies: [id: string, properties: Properties][] = [
  [
    '501',
    {
      name: 'Acme GmbH',
      domain: 'acme.example',
      country: 'Germany',
      city: 'Berlin',
      industry: 'MACHINERY',
      numberofemployees: '2400',
      hubspot_owner_id: '9001',
    },
  ],
  [
    '502',
    {
      name: 'Globex',
      domain: 'globex.example',
      country: 'Ireland',
      city: 'Cork',
      industry: 'COMPUTER_SOFTWARE',
      numberofemployees: '18000',
    },
  ],
  [
    '503',
    {
      name: 'Initech',
      domain: 'initech.example',
      country: 'United States',
      city: 'Austin',
      numberofemployees: '120',
    },
  ],
  [
    '504',
    {
      name: '桜商事株式会社',
      domain: 'sakura.example',
      country: 'Japan',
      city: '大阪市',
      numberofemployees: '3100',
    },
  ],
  // The same company twice: HubSpot does not refuse a second one with the same domain.
  [
    '505',
    { name: 'Northwind', domain: 'northwind.example', country: 'United Kingdom', numberofemployees: '640' },
  ],
  ['506', { name: 'Northwind Traders Ltd', domain: 'northwind.example' }],
  ['507', { name: 'Tiny & Söhne <OHG>', domain: 'tiny.example', numberofemployees: '3' }],
  ['508', { name: 'Nameless Holding' }],
];

export const seedDeals: [id: string, properties: Properties][] = [
  [
    '601',
    {
      dealname: 'Acme, anvils 2026',
      amount: '48000.50',
      deal_currency_code: 'EUR',
      dealstage: 'qualifiedtobuy',
      pipeline: 'default',
      closedate: '2026-12-18T00:00:00.000Z',
      hubspot_owner_id: '9001',
    },
  ],
  // A currency without decimals.
  [
    '602',
    {
      dealname: '桜商事 年間契約',
      amount: '7200000',
      deal_currency_code: 'JPY',
      dealstage: 'contractsent',
      pipeline: 'default',
      closedate: '2027-01-31T09:30:15.250Z',
      hubspot_owner_id: '9002',
    },
  ],
  // Nobody has said what it is worth.
  ['603', { dealname: 'Tiny & Söhne', dealstage: 'appointmentscheduled', pipeline: 'default' }],
  // An amount of nobody knows which currency, and one with a fraction of a cent.
  ['604', { dealname: 'Import 2019', amount: '1200', dealstage: 'closedlost', pipeline: 'default' }],
  [
    '605',
    {
      dealname: 'عقد سنوي — بترا',
      amount: '99.995',
      deal_currency_code: 'USD',
      dealstage: 'closedwon',
      pipeline: 'default',
    },
  ],
];

/** Which records belong together: types as HubSpot has them, with the labels that some have. */
export const seedAssociations: [from: string, to: string, typeIds: number[]][] = [
  ['contacts/101', 'companies/501', [279, 1]],
  ['contacts/103', 'companies/504', [279]],
  ['contacts/109', 'companies/505', [279]],
  ['deals/601', 'companies/501', [341]],
  ['deals/601', 'contacts/101', [3]],
  ['deals/602', 'companies/504', [341]],
];

/** Records that somebody has archived: HubSpot shows them only to whoever asks for archived ones. */
export const archived: [type: 'contacts' | 'companies', id: string, properties: Properties][] = [
  ['contacts', '113', { email: 'gone@acme.example', firstname: 'Gone', lastname: 'Away' }],
  ['companies', '509', { name: 'Closed & Co', domain: 'closed.example' }],
];
