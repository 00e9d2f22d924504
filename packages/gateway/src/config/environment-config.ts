/** environmentConfig: the settings that stand in the environment as `SECTION_KEY`, each of the type that it is to have. */
import { unexpected } from '@interpose/kernel/options';
import type { Environment } from './environment.ts';
import { processEnvironment } from './process-environment.ts';
import { SETTING_RULES, type SettingRule } from './setting-rules.ts';

/** A setting. */
export type SettingValue = SettingRule['default'];

/** Settings by section and key, in small letters. */
export interface EnvironmentConfig {
  /** A setting: `get('server', 'port')` is `SERVER_PORT`. One that is not set is what it is by default, if it is known. */
  get(section: string, key: string): SettingValue | undefined;
  /** All settings of a section, by key. */
  getSection(section: string): Readonly<Record<string, SettingValue>>;
  /** Sets one for whoever asks from now on; the environment stays as it is. */
  set(section: string, key: string, value: SettingValue): void;
}

/**
 * Reads the settings of an environment. Known ones have their type, whatever their text looks like; others, such as `PAYMENT_API_KEY`, are
 * texts. An empty one is as good as not set. Values are shown nowhere.
 *
 * @throws TypeError that names the variable, not its value, if it is not of the type that it has to be
 * @example
 * const port = environmentConfig().get('server', 'port');
 */
export function environmentConfig(
  environment: Environment = processEnvironment(),
): EnvironmentConfig {
  const sections = new Map<string, Map<string, SettingValue>>();
  const put = (name: string, value: SettingValue | undefined): void => {
    const [section, key] = placeOf(name);
    if (key === '' || value === undefined) return;
    const settings = sections.get(section) ?? new Map();
    sections.set(section, settings.set(key, value));
  };
  for (const [name, rule] of Object.entries(SETTING_RULES)) put(name, rule.default);
  for (const [name, text] of Object.entries(environment)) {
    if (text !== undefined && text !== '') put(name, settingOf(name, text));
  }
  return {
    get: (section, key) => sections.get(section.toLowerCase())?.get(key.toLowerCase()),
    getSection: (section) => Object.fromEntries(sections.get(section.toLowerCase()) ?? []),
    set: (section, key, value) => put(`${section}_${key}`, value),
  };
}

/** What stands before the first underscore is the section. */
function placeOf(name: string): readonly [section: string, key: string] {
  const at = name.indexOf('_');
  const [section, key] = at === -1 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)];
  return [section.toLowerCase(), key.toLowerCase()];
}

function settingOf(name: string, text: string): SettingValue {
  const rule = Object.hasOwn(SETTING_RULES, name) ? SETTING_RULES[name] : undefined;
  const value = typedSetting(rule?.type ?? 'text', text);
  if (value !== undefined) return value;
  const wanted = rule?.type === 'flag' ? 'true or false' : 'a number';
  throw unexpected(name, wanted, '(hidden)');
}

const YES = new Set(['true', 'yes', 'on', '1']);
const NO = new Set(['false', 'no', 'off', '0']);

/** The text as what it is to be; nothing if it is none. */
export function typedSetting(type: SettingRule['type'], text: string): SettingValue | undefined {
  if (type === 'text') return text;
  if (type === 'list') {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  const word = text.trim().toLowerCase();
  if (type === 'flag') return YES.has(word) || NO.has(word) ? YES.has(word) : undefined;
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(word) ? Number(word) : undefined;
}
