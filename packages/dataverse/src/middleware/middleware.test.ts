/** Tests of the middleware that come along: what each of them does, alone and in a pipeline. */
import { after, before, tap } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import {
  auditTrail,
  cacheResponses,
  checkRequests,
  ColumnSet,
  CreateRequest,
  Entity,
  forRequests,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  type OrganizationMiddleware,
  OrganizationRequest,
  PropertyToken,
  requestDurations,
  requestLog,
  transformRequests,
  UpdateRequest,
  WhoAmIRequest,
  WhoAmIResponse,
  wrapErrors,
  type XrmFakedContext,
} from '../index.ts';

const clock = fakeClock();

function build(...middleware: OrganizationMiddleware[]): XrmFakedContext {
  const builder = MiddlewareBuilder.new({ clock }).addCrud().addFakeMessageExecutors();
  for (const one of middleware) builder.use(one);
  return builder.useCrud().useMessages().build();
}

const account = (name?: string): Entity =>
  name === undefined ? new Entity('account') : new Entity('account', { name });

/** Waits before and after, so that everything round it has to. */
const waiting: OrganizationMiddleware = async (_, next) => {
  await Promise.resolve();
  const response = await next();
  await Promise.resolve();
  return response;
};

describe('requestLog', () => {
  test('D-170 writes before and after each request', () => {
    const lines: string[] = [];
    const service = build(
      requestLog({ write: (line) => lines.push(line) }),
    ).getOrganizationService();
    service.create(account());
    expect(lines).toEqual(['[BEFORE] Create', '[AFTER] Create']);
    expect(() => service.delete('account', crypto.randomUUID())).toThrow('Does Not Exist');
    expect(lines.slice(2)).toEqual(['[BEFORE] Delete']);
  });
});

describe('checkRequests', () => {
  const named = checkRequests((request) =>
    request instanceof CreateRequest && !request.target.contains('name')
      ? 'Account must have a name'
      : undefined,
  );

  test('D-171 refuses with the sentence that it is given, and nothing is stored', () => {
    const context = build(named);
    const service = context.getOrganizationService();
    expect(() => service.create(account())).toThrow(InvalidPluginExecutionException);
    expect(() => service.create(account())).toThrow('Account must have a name');
    expect(context.count('account')).toBe(0);
    service.create(new Entity('account', { name: null }));
    expect(context.count('account')).toBe(1);
  });

  test('waits for a check that takes its time, and refuses when it fails', async () => {
    const context = build(
      checkRequests(({ requestName }) =>
        Promise.resolve(requestName === 'Create' ? 'no' : undefined),
      ),
    );
    const service = context.getOrganizationServiceAsync();
    await expect(service.create(account())).rejects.toThrow(InvalidPluginExecutionException);
    expect((await service.execute(new WhoAmIRequest())).userId).toMatch(/-/);
    const failing = build(
      checkRequests(() => {
        throw new RangeError('the check failed');
      }),
    );
    expect(() => failing.getOrganizationService().create(account())).toThrow('the check failed');
    expect(failing.count('account')).toBe(0);
  });
});

describe('cacheResponses', () => {
  test('D-172 gives each caller the same again, and of each organization its own', async () => {
    let calls = 0;
    const counting: OrganizationMiddleware = (_, next) => {
      calls++;
      return next();
    };
    const cache = cacheResponses({ requestNames: ['WhoAmI'] });
    const [context, other] = [build(cache, counting), build(cache, counting)];
    const service = context.getOrganizationService();
    const first = service.execute(new WhoAmIRequest());
    const { userId } = first;
    first.results['UserId'] = 'spoilt';
    const again = service.execute(new WhoAmIRequest());
    expect(again).toBeInstanceOf(WhoAmIResponse);
    expect([again.userId, calls]).toEqual([userId, 1]);
    again.results['UserId'] = 'spoilt';
    expect(service.execute(new WhoAmIRequest()).userId).toBe(userId);
    const [anna, ben] = [crypto.randomUUID(), crypto.randomUUID()];
    const whoIs = (id: string): string =>
      context.getOrganizationService(id).execute(new WhoAmIRequest()).userId;
    expect([whoIs(anna), whoIs(ben), whoIs(anna)]).toEqual([anna, ben, anna]);
    expect(calls).toBe(3);
    expect(other.getOrganizationService().execute(new WhoAmIRequest()).userId).not.toBe(userId);
  });

  test('keeps no failures, nothing that has parameters unless it is told how, and later what comes later', async () => {
    let calls = 0;
    const failing: OrganizationMiddleware = async (_, next) => {
      await Promise.resolve();
      if (++calls === 1) throw new Error('at first');
      return next();
    };
    const context = build(cacheResponses({ requestNames: ['WhoAmI', 'Create'] }), failing);
    const service = context.getOrganizationServiceAsync();
    await expect(service.execute(new WhoAmIRequest())).rejects.toThrow('at first');
    await service.execute(new WhoAmIRequest());
    await service.execute(new WhoAmIRequest());
    expect(calls).toBe(2);
    await service.create(account());
    await service.create(account());
    expect(context.count('account')).toBe(2);
    const all = cacheResponses({ requestNames: ['Create'], keyOf: () => 'one' });
    const keeping = build(all);
    const ids = [account(), account()].map((one) => keeping.getOrganizationService().create(one));
    expect(ids[0]).toBe(ids[1]);
    expect(keeping.count('account')).toBe(1);
    expect(() => cacheResponses({ requestNames: 'WhoAmI' as never })).toThrow(
      'Expected `requestNames` to be a list of names of messages',
    );
  });
});

describe('forRequests', () => {
  test('D-173 runs a middleware for some messages only', () => {
    const lines: string[] = [];
    const logger: OrganizationMiddleware = (ctx, next) => {
      lines.push(`Logging: ${ctx.request.requestName}`);
      const response = next();
      lines.push(`Logged: ${ctx.request.requestName}`);
      return response;
    };
    const service = build(forRequests(['Create', 'Update'], logger)).getOrganizationService();
    const id = service.create(account());
    service.retrieve('account', id, new ColumnSet());
    service.update(new Entity('account', id, { name: 'x' }));
    expect(lines).toEqual([
      'Logging: Create',
      'Logged: Create',
      'Logging: Update',
      'Logged: Update',
    ]);
    expect(() => forRequests('Create' as never, logger)).toThrow('Expected `requestNames`');
  });
});

describe('wrapErrors', () => {
  test('D-175 writes what went wrong, and throws what plug-ins throw, with the cause', async () => {
    const lines: string[] = [];
    const errors = wrapErrors({ write: (line) => lines.push(line) });
    const id = crypto.randomUUID();
    for (const context of [build(errors), build(errors, waiting)]) {
      const error = await context
        .getOrganizationServiceAsync()
        .delete('account', id)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidPluginExecutionException);
      expect(error).toMatchObject({
        message: `Request failed: account With Id = ${id} Does Not Exist`,
        cause: { faultName: 'ObjectDoesNotExist' },
      });
    }
    expect(lines).toEqual(
      Array.from({ length: 2 }, () => `Error in Delete: account With Id = ${id} Does Not Exist`),
    );
  });

  test('is not disturbed by a write that fails', () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const full = new Error('full');
    const errors = wrapErrors({
      write() {
        throw full;
      },
    });
    const service = build(errors).getOrganizationService();
    expect(() => service.execute(new OrganizationRequest('new_Unheard'))).toThrow('Request failed');
    expect(reported).toHaveBeenCalledExactlyOnceWith(expect.any(String), full);
    reported.mockRestore();
  });
});

describe('requestDurations', () => {
  test('D-174 D-176 tells how long each request took, also one that fails, and does not mix them', async () => {
    const lines: string[] = [];
    const slow: OrganizationMiddleware = async (ctx, next) => {
      const { target } = ctx.request as CreateRequest;
      const ms = target.getAttributeValue<number>('ms') ?? 0;
      await new Promise<void>((resolve) => void clock.setTimer(resolve, ms));
      if (ms > 20) throw new Error('too slow');
      return next();
    };
    const context = build(requestDurations({ write: (line) => lines.push(line) }), slow);
    const service = context.getOrganizationServiceAsync();
    const all = [30, 10, 20].map((ms) => service.create(new Entity('account', { ms })));
    const settled = Promise.allSettled(all);
    await clock.advance(30);
    expect((await settled).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(lines).toEqual(['Create took 10ms', 'Create took 20ms', 'Create took 30ms']);
    const synchronous = build(requestDurations({ write: (line) => lines.push(line) }));
    expect(() =>
      synchronous.getOrganizationService().delete('account', crypto.randomUUID()),
    ).toThrow('Does Not Exist');
    expect(lines[3]).toBe('Delete took 0ms');
  });

  test('D-174 what one middleware keeps for another is of its own request', async () => {
    const token = new PropertyToken<string>('name');
    const seen: string[] = [];
    const context = build(
      before(({ items, request }) => {
        items.setProperty(token, String((request as CreateRequest).target.get('name')));
      }),
      waiting,
      after(({ items }) => void seen.push(items.getProperty(token))),
    );
    const service = context.getOrganizationServiceAsync();
    await Promise.all([service.create(account('one')), service.create(account('two'))]);
    expect(seen).toEqual(['one', 'two']);
    expect(context.hasProperty(token)).toBe(false);
  });
});

describe('transformRequests', () => {
  test('D-177 gives what is missing, leaves what is given, and does not touch what is the caller’s', async () => {
    const at = new Date('2020-01-02T03:04:05Z');
    const transform = transformRequests({
      request(request) {
        if (!(request instanceof CreateRequest) || request.target.contains('createdon')) return;
        const { logicalName, attributes } = request.target;
        return new CreateRequest({
          target: new Entity(logicalName, { ...attributes, createdon: at }),
        });
      },
    });
    const own = new Date('2019-01-01T00:00:00Z');
    for (const context of [build(transform), build(transform, waiting)]) {
      const service = context.getOrganizationServiceAsync();
      const given = account('a');
      const id = await service.create(given);
      const other = await service.create(new Entity('account', { createdon: own }));
      const all = new ColumnSet(true);
      expect((await service.retrieve('account', id, all)).get('createdon')).toEqual(at);
      expect((await service.retrieve('account', other, all)).get('createdon')).toEqual(own);
      expect(given.contains('createdon')).toBe(false);
    }
  });

  test('gives another response, at once or later', async () => {
    const ids = { userId: 'u', businessUnitId: 'b', organizationId: 'o' };
    const replaced = new WhoAmIResponse(ids);
    const at = (response: () => never): XrmFakedContext => build(transformRequests({ response }));
    const once = at((() => replaced) as never).getOrganizationService();
    expect(once.execute(new WhoAmIRequest())).toBe(replaced);
    const later = at((() => Promise.resolve(replaced)) as never).getOrganizationServiceAsync();
    expect(await later.execute(new WhoAmIRequest())).toBe(replaced);
    const kept = at((() => undefined) as never).getOrganizationService();
    expect(kept.execute(new WhoAmIRequest())).not.toBe(replaced);
    const waits = build(
      transformRequests({ request: (request) => Promise.resolve(request) }),
    ).getOrganizationServiceAsync();
    expect((await waits.execute(new WhoAmIRequest())).userId).toMatch(/-/);
  });
});

describe('auditTrail', () => {
  test('D-178 keeps time, message and, of a Create, the table', () => {
    const entries: string[] = [];
    const atNoon = fakeClock({ wallMs: 1_769_860_800_000 });
    const context = MiddlewareBuilder.new({ clock: atNoon })
      .addCrud()
      .use(auditTrail(entries))
      .useCrud()
      .build();
    const service = context.getOrganizationService();
    const id = service.create(account());
    service.execute(new UpdateRequest({ target: new Entity('account', id, { name: 'x' }) }));
    expect(entries).toEqual([
      '2026-01-31 12:00:00 - Create - account',
      '2026-01-31 12:00:00 - Update',
    ]);
  });
});

test('D-13 D-22 D-23 all of them, and middleware of the kernel, stand in one pipeline in the order in which they are told', () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const context = build(
    requestLog({ write }),
    wrapErrors({ write }),
    requestDurations({ write }),
    tap({ before: () => write('tap') }),
    checkRequests(() => undefined),
    before(() => write('before')),
    auditTrail([]),
    after(() => write('after')),
    cacheResponses({ requestNames: [] }),
    transformRequests({}),
  );
  context.getOrganizationService().create(account());
  expect(lines).toEqual([
    '[BEFORE] Create',
    'tap',
    'before',
    'after',
    'Create took 0ms',
    '[AFTER] Create',
  ]);
});
