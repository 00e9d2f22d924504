/** The operators about the user who asks: himself, his business unit, his teams, those who report to him, his language. */
import type { Guid } from '../records/guid.ts';
import type { Key } from '../store/cell.ts';
import type { Store } from '../store/store.ts';
import { type ConditionRule, type ConditionRules, opposite } from './condition-rules.ts';
import { below } from './hierarchy.ts';
import { idIn, type QueryEnvironment } from './query-environment.ts';

const one = (keysOf: (environment: QueryEnvironment) => Iterable<Key>): ConditionRule => ({
  values: 0,
  seek: (_, { environment }) => ({ kind: 'keys', keys: new Set(keysOf(environment)) }),
});

/** The teams in which users are members. */
function teamsOf(store: Store, users: Iterable<Guid>): Guid[] {
  const memberships = store.table('teammembership');
  if (!memberships.size) return [];
  const index = memberships.index('systemuserid');
  return Array.from(users)
    .flatMap((user) => [...index.idsOf(user)])
    .flatMap((id) => idIn(memberships.get(id)?.cells['teamid']) ?? []);
}

/** A user and all who report to him, be it through others. */
const reportersOf = ({ store, userId }: QueryEnvironment): ReadonlySet<Guid> =>
  below(store, { entity: 'systemuser', parentColumn: 'parentsystemuserid' }, userId).add(userId);

const userId = one(({ userId }) => [userId]);
const businessId = one(({ businessUnitId }) => [businessUnitId]);

/** The rules. */
export const USER_RULES: ConditionRules = {
  EqualUserId: userId,
  NotEqualUserId: opposite(userId),
  EqualBusinessId: businessId,
  NotEqualBusinessId: opposite(businessId),
  EqualUserTeams: one(({ store, userId }) => teamsOf(store, [userId])),
  EqualUserOrUserTeams: one(({ store, userId }) => [userId, ...teamsOf(store, [userId])]),
  EqualUserOrUserHierarchy: one(reportersOf),
  EqualUserOrUserHierarchyAndTeams: one((environment) => {
    const users = reportersOf(environment);
    return [...users, ...teamsOf(environment.store, users)];
  }),
  EqualUserLanguage: one(({ languageCode }) => [languageCode]),
};
