/** What a config says of the admin API, and of the health that everybody may ask for. */
import type { RecentOptions } from '../recent/recent-options.ts';

/** The section `admin` of a config. */
export interface AdminConfig {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free one. @default 8081 */
  readonly port?: number;
  /** Who does not bear it is refused; beyond loopback there must be one. @default none: who reaches it on this machine is let in */
  readonly token?: string;
  /** Host names, besides `localhost` and addresses, under which it may be asked for. @default none */
  readonly hosts?: readonly string[];
  /** What a config that is sent may take in from outside: names of variables, and `file:/path`. Holds from the start to the end. @default nothing */
  readonly outside?: readonly string[];
  /** How many requests are remembered. */
  readonly requests?: RecentOptions;
}

/** The section `health` of a config. */
export interface PublicHealth {
  /** @default '/health' */
  readonly path?: string;
  /** What it says of its version. @default '1.0.0' */
  readonly version?: string;
}
