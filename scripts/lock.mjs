/** Finds what a lock file leaves out: builds for other platforms, which npm drops when its registry has them not. */

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, optionalDependencies?: Record<string, string> }} Locked */
/** @typedef {{ readonly name: string, readonly version: string, readonly dev: boolean }} Missing */

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/**
 * The optional dependencies that have no entry. `npm ci` refuses a lock file that has any.
 *
 * @param {Record<string, Locked>} packages
 * @returns {readonly Missing[]}
 */
export function missing(packages) {
  return Object.entries(packages).flatMap(([path, { dev = false, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      )
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/**
 * The entry that npm would write for a build for another platform. Throws if the name does not say for which one.
 *
 * @param {Missing} build
 */
export function entryFor({ name, version, dev }) {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1 || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(
      `Expected "${name}" to name a system and a processor, and "${version}" to be exact.`,
    );
  }
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return {
    version,
    cpu,
    ...(dev ? { dev } : {}),
    ...(os[0] === 'linux' ? { libc: [libc] } : {}),
    license: 'MIT',
    optional: true,
    os,
  };
}
