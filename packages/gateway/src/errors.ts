/** What can go wrong in a gateway: in its config, in its plugins, on the way to an upstream. */
import { CodedError } from '@interpose/kernel';

/** A phase that does not exist. */
export class InvalidPhaseError extends CodedError {
  static override readonly code: string = 'INVALID_PHASE';

  constructor(phase: unknown) {
    super(`Invalid phase: ${String(phase)}`);
  }
}

/** A state that does not exist. */
export class InvalidStateError extends CodedError {
  static override readonly code: string = 'INVALID_STATE';

  constructor(state: unknown) {
    super(`Invalid state: ${String(state)}`);
  }
}

/** Something that was given as a plugin is none. */
export class InvalidPluginError extends CodedError {
  static override readonly code: string = 'INVALID_PLUGIN';
}

/** No plugin has the name. */
export class PluginNotFoundError extends CodedError {
  static override readonly code: string = 'PLUGIN_NOT_FOUND';

  constructor(name: string) {
    super(`Middleware not found: ${name}`);
  }
}

/** The registry lists a phase for which the module exports no handler. */
export class MissingPhaseHandlerError extends CodedError {
  static override readonly code: string = 'MISSING_PHASE_HANDLER';

  constructor(phase: string) {
    super(`Missing phase handler: ${phase}`);
  }
}

/** A plugin could not be registered; the cause says why. */
export class RegistrationFailedError extends CodedError {
  static override readonly code: string = 'REGISTRATION_FAILED';
  readonly plugin: string;

  constructor(plugin: string, cause: unknown) {
    super(`Failed to register middleware: ${plugin}`, { cause });
    this.plugin = plugin;
  }
}

/** The `init()` of a plugin failed; the cause says why. */
export class InitFailedError extends CodedError {
  static override readonly code: string = 'INIT_FAILED';
  readonly plugin: string;

  constructor(plugin: string, cause: unknown) {
    super(`Failed to initialize middleware: ${plugin}`, { cause });
    this.plugin = plugin;
  }
}

/** A shared dictionary is missing that there must be. */
export class RequiredDictionaryError extends CodedError {
  static override readonly code: string = 'REQUIRED_DICTIONARY';

  constructor(name: string) {
    super(`Required shared dictionary not found: ${name}`);
  }
}

/** Everything that keeps a gateway from starting, at once. */
export class StartFailedError extends CodedError {
  static override readonly code: string = 'START_FAILED';
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    const lines = errors.map(
      ({ message, cause }) => `  ${message}${cause instanceof Error ? `: ${cause.message}` : ''}`,
    );
    super(`The gateway cannot start:\n${lines.join('\n')}`);
    this.errors = errors;
  }
}

/** A config that contradicts itself. */
export class InvalidConfigError extends CodedError {
  static override readonly code: string = 'INVALID_CONFIG';
}

/** A certificate, its key or the authority of clients cannot be used; the cause says why. */
export class CertificateFailedError extends CodedError {
  static override readonly code: string = 'CERTIFICATE_FAILED';

  constructor(from: string, why: string, options?: ErrorOptions) {
    super(`The certificate ${from} cannot be used: ${why}`, options);
  }
}

/** Another config has come in the place of the one that was to be replaced. */
export class ConfigReplacedError extends CodedError {
  static override readonly code: string = 'CONFIG_REPLACED';

  constructor() {
    super('Another config holds than the one that was to be replaced');
  }
}

/** A handler threw; the cause is what it threw. */
export class MiddlewareFailedError extends CodedError {
  static override readonly code: string = 'MIDDLEWARE_FAILED';
  readonly plugin: string;

  constructor(plugin: string, cause: unknown) {
    super(`Middleware ${plugin} failed: ${messageOf(cause)}`, { cause });
    this.plugin = plugin;
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
