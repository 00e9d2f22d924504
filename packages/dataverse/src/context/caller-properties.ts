/** CallerProperties: who calls an organization where nobody else is named, and how a test calls as somebody else. */
import { isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { EntityReference } from '../records/entity-reference.ts';
import type { Guid } from '../records/guid.ts';
import { type Caller, effectiveUser } from './caller.ts';

/** Who calls. What is changed holds for requests that come afterwards, also by services that are there already. */
export class CallerProperties {
  #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Who calls, as it is now. */
  get current(): Caller {
    return this.#caller;
  }

  get callerId(): EntityReference {
    return this.#caller.callerId;
  }

  /** @throws TypeError for anything but a reference */
  set callerId(callerId: EntityReference) {
    this.#caller = { ...this.#caller, callerId: checked('callerId', callerId) };
  }

  /** As whom he calls, if not as himself. */
  get impersonatedUserId(): EntityReference | undefined {
    return this.#caller.impersonatedUserId;
  }

  /** @throws TypeError for anything but a reference or `undefined` */
  set impersonatedUserId(user: EntityReference | undefined) {
    const impersonatedUserId = user && checked('impersonatedUserId', user);
    this.#caller = { ...this.#caller, impersonatedUserId };
  }

  get businessUnitId(): EntityReference {
    return this.#caller.businessUnitId;
  }

  /** @throws TypeError for anything but a reference */
  set businessUnitId(businessUnitId: EntityReference) {
    this.#caller = { ...this.#caller, businessUnitId: checked('businessUnitId', businessUnitId) };
  }

  /** Who is said to have done what is done. */
  getEffectiveUser(): EntityReference {
    return effectiveUser(this.#caller);
  }

  /**
   * Does something as another user; afterwards the caller is again who he was. Where it is something that takes time, that is when it is over.
   *
   * @example
   * const id = context.callerProperties.as(manager, () => service.create(account));
   */
  as<Result>(user: EntityReference | Guid, act: () => Result): Result {
    const before = this.#caller.callerId;
    this.callerId = typeof user === 'string' ? new EntityReference('systemuser', user) : user;
    const goBack = (): void => {
      this.callerId = before;
    };
    let result: Result;
    try {
      result = act();
    } catch (error) {
      goBack();
      throw error;
    }
    if (isThenable(result)) return Promise.resolve(result).finally(goBack) as Result;
    goBack();
    return result;
  }
}

function checked(name: string, user: EntityReference): EntityReference {
  if (user instanceof EntityReference) return user;
  throw unexpected(name, 'a reference to a record', user);
}
