/** Types of records whose tables are interfaces, as `tablesSource` writes them. */
import { expectTypeOf } from 'expect-type';
import { Entity, type EntityReference, Money, type OrganizationService } from '../index.ts';

interface Account {
  readonly name: string;
  readonly revenue: Money;
  readonly primarycontactid: EntityReference;
}

const account = new Entity<Account>('account', { name: 'Contoso', revenue: new Money(1) });
expectTypeOf(account.get('name')).toEqualTypeOf<string | undefined>();
expectTypeOf(account.get('revenue')).toEqualTypeOf<Money | undefined>();
expectTypeOf(account.get('primarycontactid')).toEqualTypeOf<EntityReference | undefined>();
account.set('name', null);
// @ts-expect-error an amount is no text
account.set('revenue', '1');
// @ts-expect-error there is no such column
account.get('nmae');
// @ts-expect-error there is no such column
export const other: Entity<Account> = new Entity<Account>('account', { nmae: 'Contoso' });

// A service takes records of any table.
export const create = (service: OrganizationService): string => service.create(account);
