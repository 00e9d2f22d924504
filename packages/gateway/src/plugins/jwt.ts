/** Lets in who bears a signed token, and says who that is by what the token claims. */
import { HttpError } from '@interpose/http';
import {
  jwt as jwtMiddleware,
  type JwtBearer,
  type JwtOptions,
} from '@interpose/http/middleware/jwt';
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext } from '../context.ts';
import { isConsumerName } from '../consumer-book.ts';
import { guarding } from '../mounting/guarding.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `jwt`. */
export const jwt: PluginDefinition = definePlugin({
  name: 'jwt',
  description: 'Lets in only requests with a signed token; its subject is the consumer.',
  options: {
    algorithms: {
      type: 'string[]',
      required: true,
      min: 1,
      description:
        'How tokens may be signed: all with secrets (HS256), or all with keys (RS256, ES256, EdDSA).',
    },
    secrets: {
      type: 'string[]',
      secret: true,
      description: 'Secrets, each at least as long as the digest; several while one is replaced.',
    },
    keys: { type: 'json', description: 'Public keys as a JWK set: { keys: [...] }.' },
    jwksUrl: { type: 'string', description: 'Where the issuer publishes its keys.' },
    issuer: { type: 'string[]', description: 'Who may have issued a token.' },
    audience: { type: 'string[]', description: 'Whom a token must be for: one of these.' },
    clockToleranceMs: { type: 'number', min: 0, description: 'How far clocks may differ.' },
    maxAgeMs: { type: 'number', min: 1, description: 'How long ago a token may have been issued.' },
    requiredClaims: {
      type: 'string[]',
      description: 'Claims that a token must have; exp if not said.',
    },
    type: { type: 'string', description: 'The type that a token must name in its head.' },
    scopes: { type: 'string[]', description: 'Scopes that a token must have, else it is a 403.' },
    cookie: { type: 'string', description: 'A cookie that may have the token.' },
    realm: { type: 'string', description: 'What is protected.' },
    cacheMs: { type: 'number', min: 0, description: 'How long published keys are kept.' },
    cooldownMs: {
      type: 'number',
      min: 0,
      description: 'How long after one fetch of keys the next may follow.',
    },
    staleMs: {
      type: 'number',
      min: 0,
      description: 'How long keys may be used beyond that while they cannot be fetched.',
    },
    fetchTimeoutMs: { type: 'number', min: 1, description: 'How long to wait for keys.' },
    consumerClaim: {
      type: 'string',
      default: 'sub',
      description: 'The claim that names the consumer.',
    },
    groupsClaim: {
      type: 'string',
      description: 'The claim that lists the groups of the consumer.',
    },
    hideCredentials: {
      type: 'boolean',
      default: false,
      description: 'Whether the token is kept from the upstream, where it came in Authorization.',
    },
  },
  create({ consumerClaim, groupsClaim, hideCredentials, ...options }, { clock }) {
    const middleware = jwtMiddleware({ ...(options as unknown as JwtOptions), clock });
    return guarding(middleware, {
      priority: BANDS.auth + 30,
      passed(ctx) {
        know(ctx, consumerClaim, groupsClaim);
        if (hideCredentials) ctx.headers.delete('Authorization');
      },
    });
  },
});

function know(ctx: GatewayContext, consumerClaim: string, groupsClaim: string | undefined): void {
  const { claims } = ctx as unknown as JwtBearer;
  const name = claims[consumerClaim];
  if (name === undefined) return;
  if (!isConsumerName(name)) {
    throw new HttpError(403, `The claim ${consumerClaim} names nobody`, {
      code: 'CONSUMER_UNKNOWN',
    });
  }
  const listed = groupsClaim === undefined ? undefined : claims[groupsClaim];
  const groups = (typeof listed === 'string' ? listed.split(' ') : listed) as unknown;
  ctx.consumer = Array.isArray(groups) ? { name, groups: groups.filter(isConsumerName) } : { name };
}
