/** BANDS: where in a phase each kind of plugin stands, so that those of one kind stand together whatever their names. */

/**
 * The priorities at which the bands begin; a smaller one runs first. A plugin of your own that finds out who is calling takes one from
 * `BANDS.auth` on, and has the limits behind it.
 */
export const BANDS = {
  /** How failures are shown. */
  boundary: 0,
  /** Who the client is, as far as proxies tell. */
  client: 5,
  /** What identifies and records requests. */
  trace: 10,
  /** What keeps clients out before anything else is known of them. */
  edge: 16,
  /** What browsers are told, and may not do. */
  browser: 20,
  /** Other forms of the same request. */
  form: 40,
  /** What is known of a visitor. */
  session: 100,
  /** Who is calling. */
  auth: 200,
  /** Who may. */
  permission: 250,
  /** How much, and how often. */
  limit: 300,
  /** What is changed in requests and answers. */
  transform: 400,
  /** What stands around the way to the upstream. */
  cache: 490,
  /** What is written down in the end. */
  log: 900,
} as const;
