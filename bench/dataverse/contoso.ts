/** The organization that is measured: accounts, and twice as many contacts of a part of them, the same in every run. */
import {
  Entity,
  EntityReference,
  Money,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '@interpose/dataverse';

/** How many of the accounts have contacts. */
export const parentsOf = (accounts: number): number => Math.ceil(accounts / 10);

/** The id of a record by its number; ids are as well mixed as real ones. */
export function idOf(table: 'account' | 'contact', number: number): string {
  const mixed = (Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  const last = String(number).padStart(12, '0');
  return `${mixed}-0000-4000-${table === 'account' ? '8000' : '8001'}-${last}`;
}

/** The attributes of an account. */
export const accountOf = (number: number) => ({
  name: `Account ${number} of ${number % 977}`,
  code: `C${number}`,
  city: `City ${number % 50}`,
  size: number % 1000,
  revenue: new Money(number % 5000),
});

/** The attributes of a contact. */
export const contactOf = (number: number, accounts: number) => ({
  fullname: `Person ${number}`,
  parentcustomerid: new EntityReference('account', idOf('account', number % parentsOf(accounts))),
});

/** An organization with accounts, and with contacts where they are needed. */
export function contoso(accounts: number, contacts = 0): XrmFakedContext {
  const context = XrmFakedContextFactory.new();
  function* records(): Iterable<Entity> {
    for (let at = 0; at < accounts; at++) {
      yield new Entity('account', idOf('account', at), accountOf(at) as never);
    }
    for (let at = 0; at < contacts; at++) {
      yield new Entity('contact', idOf('contact', at), contactOf(at, accounts) as never);
    }
  }
  context.initialize(records());
  return context;
}
