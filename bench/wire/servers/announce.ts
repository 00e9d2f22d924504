/** Says on which port a server listens, as one line that whoever started it waits for. */

interface Listening {
  address(): string | object | null;
}

/** Prints the port. */
export function announce(server: Listening): void {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${port}\n`);
}
