/** Says on which port a server listens, as one line that whoever started it waits for. */

interface Listening {
  address(): string | object | null;
}

/** Prints the port of a server. */
export function announce(server: Listening): void {
  announcePort((server.address() as { port: number }).port);
}

/** Prints a port. */
export function announcePort(port: number): void {
  process.stdout.write(`${port}\n`);
}
