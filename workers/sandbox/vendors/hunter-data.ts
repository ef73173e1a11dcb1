/** Invented companies and people. `employees` in Hunter's own ranges; null and absent fields as Hunter has them, too. */

export interface Company {
  domain: string;
  name: string | null;
  description: string | null;
  sector: string | null;
  industry: string | null;
  country: [name: string, code: string] | null;
  city: string | null;
  foundedYear: number | null;
  employees: string | null;
}

function company(
  domain: string,
  name: string | null,
  employees: string | null,
  country: Company['country'],
  rest: Partial<Company> = {},
): Company {
  return {
    domain,
    name,
    employees,
    country,
    description: null,
    sector: null,
    industry: null,
    city: null,
    foundedYear: null,
    ...rest,
  };
}

export const companies: Company[] = [
  company('acme.example', 'Acme', '1K-5K', ['Germany', 'DE'], {
    description: 'Acme makes anvils and other heavy things.',
    sector: 'Industrials',
    industry: 'Machinery',
    city: 'Berlin',
    foundedYear: 1949,
  }),
  company('globex.example', 'Globex', '10K-50K', ['Ireland', 'IE'], {
    sector: 'Information Technology',
    industry: 'Internet Software & Services',
    city: 'Cork',
    foundedYear: 1989,
  }),
  company('colossus.example', 'Colossus Industries', '100K+', ['United States', 'US'], {
    sector: 'Industrials',
  }),
  company('initech.example', 'Initech', '51-250', ['United States', 'US'], {
    city: 'Austin',
    foundedYear: 1996,
  }),
  company('northwind.example', 'Northwind Traders', '251-1K', ['United Kingdom', 'GB']),
  company('sakura.example', '桜商事', '1K-5K', ['Japan', 'JP'], { city: '大阪市' }),
  company('petra.example', 'Petra Trading', '11-50', ['Jordan', 'JO']),
  company('kalyna.example', 'Калина', '51-250', ['Ukraine', 'UA']),
  company('bluebird.example', 'Bluebird', '11-50', ['France', 'FR']),
  company('tiny.example', 'Tiny & Söhne', '1-10', ['Austria', 'AT']),
  // Known by name only.
  company('nosize.example', 'Nosize', null, null),
  company('nameless.example', null, null, ['Mexico', 'MX']),
];

export interface Person {
  email: string;
  given: string | null;
  family: string | null;
  title: string | null;
  seniority: string | null;
  role: string | null;
  domain: string | null;
}

function person(
  email: string,
  given: string | null,
  family: string | null,
  rest: Partial<Person> = {},
): Person {
  return {
    email,
    given,
    family,
    title: null,
    seniority: null,
    role: null,
    domain: email.split('@')[1] ?? null,
    ...rest,
  };
}

export const people: Person[] = [
  person('ada@acme.example', 'Ada', 'Müller-Lüdenscheidt', {
    title: 'Head of Marketing',
    seniority: 'executive',
    role: 'marketing',
  }),
  person('sean@globex.example', 'Seán', "O'Neill", { title: 'Buyer', seniority: 'senior' }),
  person('sakura@sakura.example', '桜', '山田', { title: '課長', role: 'sales' }),
  person('fatima@petra.example', 'فاطمة', 'الزهراء'),
  person('jose@mono.example', 'José María', null, { domain: null }),
  person('x@tiny.example', null, null),
];

/** Whoever asked Hunter to forget them. */
export const objected: readonly string[] = ['private@acme.example'];
