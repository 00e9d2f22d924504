/** Tests of what goes with a record that is deleted. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  DataverseFault,
  Entity,
  EntityReference,
  XrmFakedContextFactory,
} from '../index.ts';
import type { CascadeType } from '../metadata/relationship-metadata.ts';

/** Tables of one letter; `links` says which column of which table refers to which, and what follows. */
function organization(links: Readonly<Record<string, CascadeType>>) {
  const context = XrmFakedContextFactory.new();
  for (const [link, behavior] of Object.entries(links)) {
    const [referencingEntity = '', referencingAttribute = '', referencedEntity = ''] =
      link.split(' ');
    context.addRelationship({
      kind: 'OneToMany',
      schemaName: link,
      referencingEntity,
      referencingAttribute,
      referencedEntity,
      cascade: { delete: behavior },
    });
  }
  const service = context.getOrganizationService();
  const make = (table: string, references: Record<string, EntityReference> = {}): EntityReference =>
    new EntityReference(table, service.create(new Entity(table, references)));
  return { context, service, make };
}

describe('deleting', () => {
  test('DV-122 deletes with it, unties, and leaves alone, as the relationships say', () => {
    const { context, service, make } = organization({
      'b a a': 'Cascade',
      'c b b': 'Cascade',
      'd c c': 'RemoveLink',
      'e a a': 'NoCascade',
    });
    const a = make('a');
    const b = make('b', { a });
    const c = make('c', { b });
    const d = make('d', { c });
    const e = make('e', { a });
    const other = make('b', { a: make('a') });
    service.delete('a', a.id);
    expect(['a', 'b', 'c', 'd', 'e'].map((table) => context.count(table))).toEqual([1, 1, 0, 1, 1]);
    expect(service.retrieve('d', d.id, new ColumnSet(true)).get('c')).toBeUndefined();
    expect(service.retrieve('e', e.id, new ColumnSet(true)).get('a')).toEqual(a);
    expect(service.retrieve('b', other.id, new ColumnSet()).id).toBe(other.id);
  });

  test('DV-102 DV-122 is refused where something that stays restricts it, and then nothing has changed', () => {
    const { context, service, make } = organization({
      'b a a': 'Cascade',
      'c a a': 'RemoveLink',
      'd b b': 'Restrict',
    });
    const a = make('a');
    const b = make('b', { a });
    const c = make('c', { a });
    const d = make('d', { b });
    const before = service.retrieve('c', c.id, new ColumnSet(true));
    let fault: unknown;
    try {
      service.delete('a', a.id);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(DataverseFault);
    expect(fault).toMatchObject({
      hexCode: '0x80040227',
      message:
        'The object you tried to delete is associated with another object and cannot be deleted.',
    });
    expect(['a', 'b', 'c', 'd'].map((table) => context.count(table))).toEqual([1, 1, 1, 1]);
    expect(service.retrieve('c', c.id, new ColumnSet(true))).toEqual(before);
    service.delete('d', d.id);
    service.delete('a', a.id);
    expect(['a', 'b', 'c'].map((table) => context.count(table))).toEqual([0, 0, 1]);
  });

  test('is not refused for the sake of what goes anyway', () => {
    const { context, service, make } = organization({
      'b a a': 'Cascade',
      'b other a': 'Restrict',
      'a self a': 'Restrict',
    });
    const a = make('a');
    service.update(new Entity('a', a.id, { self: a }));
    make('b', { a, other: a });
    service.delete('a', a.id);
    expect([context.count('a'), context.count('b')]).toEqual([0, 0]);
  });

  test('DV-122 ends in circles, however long they are', () => {
    const { context, service, make } = organization({ 'a next a': 'Cascade' });
    const first = make('a');
    let last = first;
    for (let count = 0; count < 20_000; count++) last = make('a', { next: last });
    service.update(new Entity('a', first.id, { next: last }));
    service.delete('a', first.id);
    expect(context.count('a')).toBe(0);
  });

  test('DV-102 of what is not there is refused', () => {
    const { service } = organization({});
    expect(() => service.delete('a', crypto.randomUUID())).toThrow('Does Not Exist');
  });

  test('unties a record of the same id in another table from nobody', () => {
    const { service, make } = organization({ 'b owner a': 'RemoveLink' });
    const a = make('a');
    const elsewhere = new EntityReference('z', a.id);
    const b = make('b', { owner: elsewhere });
    service.delete('a', a.id);
    expect(service.retrieve('b', b.id, new ColumnSet(true)).get('owner')).toEqual(elsewhere);
  });
});
