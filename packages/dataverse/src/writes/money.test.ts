/** Tests of amounts: their currency, their precision, and what they are in the currency of the organization. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  DataverseFault,
  Entity,
  EntityReference,
  Money,
  XrmFakedContextFactory,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';

const USER = '22222222-2222-4222-8222-222222222222';
const DOLLAR = '33333333-3333-4333-8333-333333333333';
const YEN = '44444444-4444-4444-8444-444444444444';
const ALL = new ColumnSet(true);

const deal: EntityMetadata = {
  logicalName: 'new_deal',
  attributes: {
    new_own: { logicalName: 'new_own', type: 'Money', precisionSource: 0, precision: 3 },
    new_pricing: { logicalName: 'new_pricing', type: 'Money', precisionSource: 1 },
    new_value: { logicalName: 'new_value', type: 'Money', precisionSource: 2 },
  },
};

const currency = (id: string): EntityReference => new EntityReference('transactioncurrency', id);

function organization(userCurrency?: string) {
  const context = XrmFakedContextFactory.new({ metadata: { entities: [deal] } });
  context.initialize([
    new Entity('organization', { basecurrencyid: currency(DOLLAR), pricingdecimalprecision: 1 }),
    new Entity('transactioncurrency', DOLLAR, {
      exchangerate: 1,
      currencyprecision: 2,
      currencysymbol: '$',
    }),
    new Entity('transactioncurrency', YEN, {
      exchangerate: 150,
      currencyprecision: 0,
      currencysymbol: '¥',
    }),
    ...(userCurrency === undefined
      ? []
      : [new Entity('usersettings', USER, { transactioncurrencyid: currency(userCurrency) })]),
  ]);
  const service = context.getOrganizationService(USER);
  const read = (id: string) => service.retrieve('new_deal', id, ALL);
  return { context, service, read };
}

describe('an amount', () => {
  test('DV-108 is rounded as its column says', () => {
    const { service, read } = organization();
    const given = {
      new_own: new Money(1.23456),
      new_pricing: new Money(1.25),
      new_value: new Money(1.005),
    };
    const found = read(service.create(new Entity('new_deal', given)));
    expect(found.attributes).toMatchObject({
      new_own: new Money(1.235),
      new_pricing: new Money(1.3),
      new_value: new Money(1.01),
    });
    const yen = { new_value: new Money(-2.5), transactioncurrencyid: currency(YEN) };
    expect(read(service.create(new Entity('new_deal', yen))).get('new_value')).toEqual(
      new Money(-3),
    );
  });

  test('DV-107 is in the currency of the user, else in that of the organization', () => {
    for (const [own, expected] of [
      [undefined, DOLLAR],
      [YEN, YEN],
    ] as const) {
      const { service, read } = organization(own);
      const id = service.create(new Entity('new_deal', { new_value: new Money(300) }));
      expect(read(id).get('transactioncurrencyid')).toMatchObject({ id: expected });
    }
    const { service, read } = organization();
    expect(read(service.create(new Entity('new_deal'))).contains('transactioncurrencyid')).toBe(
      false,
    );
  });

  test('DV-106 has its like in the currency of the organization, at the rate of its last change', () => {
    const { service, read } = organization();
    const id = service.create(
      new Entity('new_deal', { new_value: new Money(1000), transactioncurrencyid: currency(YEN) }),
    );
    expect(read(id).attributes).toMatchObject({
      exchangerate: 150,
      new_value_base: new Money(6.67),
    });
    service.update(new Entity('transactioncurrency', YEN, { exchangerate: 100 }));
    service.update(new Entity('new_deal', id, { importsequencenumber: 1 }));
    expect(read(id).attributes).toMatchObject({
      exchangerate: 150,
      new_value_base: new Money(6.67),
    });
    service.update(new Entity('new_deal', id, { new_own: new Money(50) }));
    expect(read(id).attributes).toMatchObject({
      exchangerate: 100,
      new_value_base: new Money(10),
      new_own_base: new Money(0.5),
    });
    service.update(new Entity('new_deal', id, { transactioncurrencyid: currency(DOLLAR) }));
    expect(read(id).get('new_value_base')).toEqual(new Money(1000));
    service.update(new Entity('new_deal', id, { new_value: null }));
    expect(read(id).contains('new_value_base')).toBe(false);
  });

  test('DV-106 in the currency of the organization is written by nobody', () => {
    const { service, context } = organization();
    const act = (): unknown =>
      service.create(new Entity('new_deal', { new_value_base: new Money(1) }));
    expect(act).toThrow(DataverseFault);
    expect(act).toThrow(
      "'new_value_base' of entity 'new_deal' is not valid for Create operations.",
    );
    expect(context.count('new_deal')).toBe(0);
  });

  test('of an organization without currencies is an amount', () => {
    const context = XrmFakedContextFactory.new({ metadata: { entities: [deal] } });
    const service = context.getOrganizationService();
    const id = service.create(new Entity('new_deal', { new_value: new Money(1.239) }));
    const found = service.retrieve('new_deal', id, ALL);
    expect(found.get('new_value')).toEqual(new Money(1.24));
    expect(found.contains('new_value_base')).toBe(false);
  });
});
