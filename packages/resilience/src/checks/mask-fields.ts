/** maskFields: who may not see some fields of a result gets them masked. */
import { type Awaitable, type ContextPolicy, define, isThenable } from '@interpose/kernel';
import { checkNames } from '@interpose/kernel/options';
import { type Names, namesIn, rolesOfUser } from './identity.ts';
import { type MaskRules, masking } from './masked-copy.ts';
import { maskedItems } from './masked-items.ts';
import { checkNeeded, checkReader } from './require.ts';

/** Options of `maskFields`. */
export interface MaskFieldsOptions<C> extends MaskRules {
  /** Who has one of these roles sees everything. @default nobody */
  readonly unless?: readonly string[];
  /** The roles of who calls. @default `roles` of the context's user, a list or set; or `role`, a text */
  readonly rolesOf?: (ctx: C) => Awaitable<Names | undefined>;
}

/**
 * Masks fields by their names in what the rest answers, at any depth, and in each item of a stream. The answer itself stays as it was: a
 * cache further in keeps what it has. Roles that are missing, or of another form than a list of texts, are none; where they cannot be
 * found out, or a mask fails, there is no answer.
 *
 * @throws TypeError for options out of range; ConfigurationError when called, for a field in an instance of a class
 * @example
 * pipeline<Http, Account>().use(auth).use(maskFields({ fields: ['iban', 'salary'], unless: ['payroll'] })).handle(account);
 */
export function maskFields<C = object>(options: MaskFieldsOptions<C>): ContextPolicy<C> {
  checkNames('maskFields()', options, ['fields', 'mask', 'unless', 'rolesOf']);
  const { unless, rolesOf } = options;
  const mask = masking(options);
  const seers = unless === undefined ? [] : checkNeeded('unless', unless);
  const find = checkReader('rolesOf', rolesOf) ?? rolesOfUser;
  const masked = (result: unknown): unknown => maskedItems(result, mask);
  return define(
    {
      name: 'maskFields',
      description: `Masks ${options.fields.join(', ')}${seers.length > 0 ? ` unless for: ${seers.join(', ')}` : ''}.`,
    },
    (ctx: C, next: (ctx: C) => unknown) => {
      const go = (roles: unknown): unknown => {
        const names = namesIn(roles);
        if (seers.some((role) => names.has(role))) return next(ctx);
        const result = next(ctx);
        return isThenable(result) ? result.then(masked) : masked(result);
      };
      // They are asked for before anything has happened.
      const roles: unknown = seers.length > 0 ? find(ctx) : undefined;
      return isThenable(roles) ? roles.then(go) : go(roles);
    },
  ) as never;
}
