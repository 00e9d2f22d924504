/** What ends a command early: one line for people, and the exit code. */
import { CertificateFailedError, StartFailedError } from '@interpose/gateway';
import { CodedError } from '@interpose/kernel';

/** The command cannot do what it was asked; the message is all that is shown. */
export class CommandFailedError extends CodedError {
  static override readonly code: string = 'COMMAND_FAILED';
}

/** The config has errors, which have been shown; nothing is left to say. */
export class ConfigRefusedError extends CodedError {
  static override readonly code: string = 'CONFIG_REFUSED';
}

/** What a code of the system means, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no directory',
  EISDIR: 'it is a directory; name a file in it',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** The code of an error of the system, also when it is the cause of another error. */
export function systemCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^E[A-Z\d_]+$/.test(code)) return code;
  }
  return undefined;
}

/** The error for a file that cannot be read. */
export function unreadable(file: string, error: unknown): CommandFailedError {
  const code = systemCode(error);
  const reason = (code && REASONS[code]) ?? code ?? String(error);
  return new CommandFailedError(`cannot read ${file}: ${reason}`, { cause: error });
}

/** The error for an address that cannot be listened on; any other error comes back as it is. */
export function unlistenable(
  error: unknown,
  of: { file: string; host: string; port: number },
): unknown {
  const address = `${of.host}:${of.port}`;
  const elsewhere = `or set another "listen" in ${of.file}`;
  const told: Readonly<Record<string, string>> = {
    EADDRINUSE: `${address} is in use already; stop what listens there, ${elsewhere}`,
    EACCES: `there is no permission to listen on ${address}; take a port from 1024 up, ${elsewhere}`,
    EADDRNOTAVAIL: `this machine does not have the address ${of.host}; set another "listen" in ${of.file}`,
    ENOTFOUND: `there is no host named ${of.host}; set another "listen" in ${of.file}`,
    EAI_AGAIN: `the host name ${of.host} cannot be looked up; set another "listen" in ${of.file}`,
  };
  const message = told[systemCode(error) ?? ''];
  return message === undefined ? error : new CommandFailedError(message, { cause: error });
}

/** The error for listeners that cannot be opened, which says itself which and why; any other error comes back as it is. */
export function unopened(error: unknown): unknown {
  const isTold =
    StartFailedError.is(error) ||
    CertificateFailedError.is(error) ||
    systemCode(error) !== undefined;
  return isTold
    ? new CommandFailedError(failureLines(error).join('\ninterpose: '), { cause: error })
    : error;
}

/** What went wrong, a line for each of several faults. */
export function failureLines(error: unknown): readonly string[] {
  if (StartFailedError.is(error)) {
    return error.errors.map(
      ({ message, cause }) => `${message}${cause instanceof Error ? `: ${cause.message}` : ''}`,
    );
  }
  return [error instanceof Error ? error.message : String(error)];
}
