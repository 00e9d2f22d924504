/** A gateway that is kept at what its file says, without a file system and without sockets. */
import { createGateway, type Gateway } from '@interpose/gateway';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { CommandIo } from './command-io.ts';
import { keepCurrent, type ReloadOptions, type Reloading } from './gateway-reload.ts';
import { firstConfig } from './last-good.ts';

const route = (path: string): string => `routes: [{ name: r, path: ${path}, respond: {} }]\n`;
const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });

/** A file, a gateway, and what is said about them. */
class Scene {
  readonly clock = fakeClock();
  readonly files = new Map<string, string>();
  err = '';
  touched: () => void = () => {};
  asked: () => void = () => {};
  watching = 0;
  failWrites: Error | undefined;
  reloading!: Reloading;
  gateway!: Gateway;
  readonly io: CommandIo = {
    out: () => {},
    err: (text) => void (this.err += text),
    environment: {},
    readFile: async (path) => {
      const text = this.files.get(path);
      if (text === undefined) throw missing;
      return new TextEncoder().encode(text);
    },
    writeFile: async (path, text) => {
      if (this.failWrites) throw this.failWrites;
      this.files.set(path, text);
    },
    onStopSignal: () => () => {},
    onReloadSignal: (listener) => {
      this.asked = listener;
      return () => void (this.asked = () => {});
    },
    watchFile: (_, listener) => {
      this.watching++;
      this.touched = listener;
      return () => void this.watching--;
    },
    clock: this.clock,
  };

  async start(text: string, options: ReloadOptions = {}): Promise<this> {
    this.files.set('g.yaml', text);
    const first = await firstConfig('g.yaml', options.keepLastGood, this.io);
    this.reloading = keepCurrent('g.yaml', { first, options }, this.io);
    this.gateway = createGateway(first.config, {
      clock: this.clock,
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      observers: [this.reloading.observer],
    });
    this.reloading.begin(this.gateway);
    await this.clock.advance(1000);
    return this;
  }

  /** Writes the file, and lets the watcher say so. */
  write(text: string): void {
    this.files.set('g.yaml', text);
    this.touched();
  }

  get path(): string | undefined {
    return this.gateway.config.routes[0]?.path;
  }

  said(): string {
    const { err } = this;
    this.err = '';
    return err;
  }
}

describe('a file that changes', () => {
  test('is read once it has been the same for a while, and what has changed is said', async () => {
    const scene = await new Scene().start(route('/a'));
    scene.write(route('/b'));
    await scene.clock.advance(100);
    expect(scene.path).toBe('/a');
    await scene.clock.advance(100);
    expect(scene.path).toBe('/b');
    expect(scene.said()).toBe(
      'reloaded: ~ route r\n    path: "/a" → "/b"\nkept as they are: 0 upstreams, 0 plugins\n',
    );
  });

  test('is waited for while it grows', async () => {
    const scene = await new Scene().start(route('/a'));
    for (let length = 20; length < 40; length += 5) {
      scene.write(route('/b').slice(0, length));
      await scene.clock.advance(150);
    }
    scene.write(route('/b'));
    expect(scene.said()).toBe('');
    await scene.clock.advance(200);
    expect(scene.path).toBe('/b');
  });

  test('is not read again for many events, nor for none of its bytes', async () => {
    const scene = await new Scene().start(route('/a'));
    for (let event = 0; event < 50; event++) scene.touched();
    await scene.clock.advance(1000);
    expect(scene.said()).toBe('');
    for (let event = 0; event < 50; event++) scene.write(route('/b'));
    await scene.clock.advance(1000);
    expect(scene.said().match(/reloaded/g)).toHaveLength(1);
  });

  test('with errors leaves the config that holds, tells every one with its place, once', async () => {
    const scene = await new Scene().start(route('/a'));
    scene.write('listen: { prot: 1 }\nroutes: [{ name: r, path: b, respond: {} }]');
    await scene.clock.advance(1000);
    scene.touched();
    await scene.clock.advance(1000);
    expect(scene.path).toBe('/a');
    expect(scene.said())
      .toBe(`g.yaml:1:11 error CFG011 listen.prot: "listen" has no such key — did you mean "port"?
g.yaml:2:27 error CFG015 routes[0].path: expected a path such as /users/:id or /files/*, got "b" (it must begin with "/")
g.yaml: not reloaded (2 errors); the config before it stays
`);
    scene.write(route('/c'));
    await scene.clock.advance(1000);
    expect(scene.path).toBe('/c');
  });

  test('that is away for a moment is nothing to speak of, that stays away is told once', async () => {
    const scene = await new Scene().start(route('/a'));
    scene.files.delete('g.yaml');
    scene.touched();
    await scene.clock.advance(100);
    scene.write(route('/b'));
    await scene.clock.advance(200);
    expect(scene.said()).toMatch(/^reloaded: ~ route r\n/);
    scene.files.delete('g.yaml');
    scene.touched();
    await scene.clock.advance(1000);
    scene.touched();
    await scene.clock.advance(1000);
    expect(scene.said()).toBe(
      'interpose: cannot read g.yaml: there is no such file\ng.yaml: not reloaded; the config before it stays\n',
    );
    scene.write(route('/b'));
    await scene.clock.advance(1000);
    expect(scene.said()).toBe('reloaded: no changes\n');
  });

  test('between being read and being watched is not missed', async () => {
    const scene = new Scene();
    scene.files.set('g.yaml', route('/a'));
    const first = await firstConfig('g.yaml', undefined, scene.io);
    scene.files.set('g.yaml', route('/b'));
    const reloading = keepCurrent('g.yaml', { first, options: {} }, scene.io);
    scene.gateway = createGateway(first.config, { observers: [reloading.observer] });
    reloading.begin(scene.gateway);
    await scene.clock.advance(300);
    expect(scene.path).toBe('/b');
  });

  test('is not looked at where nobody wants it; the signal still is', async () => {
    const scene = await new Scene().start(route('/a'), { watch: false });
    expect(scene.watching).toBe(0);
    scene.files.set('g.yaml', route('/b'));
    await scene.clock.advance(10_000);
    expect(scene.path).toBe('/a');
    scene.asked();
    await scene.clock.advance(0);
    expect(scene.path).toBe('/b');
  });

  test('that the gateway refuses leaves the config that holds', async () => {
    const scene = await new Scene().start(route('/a'));
    const refusing = {
      ...scene.gateway,
      reload: () => Promise.reject(new Error('the port is taken')),
    } as unknown as Gateway;
    const first = await firstConfig('g.yaml', undefined, scene.io);
    const reloading = keepCurrent('g.yaml', { first, options: {} }, scene.io);
    reloading.begin(refusing);
    scene.write(route('/b'));
    await scene.clock.advance(1000);
    expect(scene.said()).toBe(
      'interpose: the port is taken\ng.yaml: not reloaded; the config before it stays\n',
    );
  });
});

describe('a signal', () => {
  test('G-31 has the file read at once, also when it is the same: files that it names may not be', async () => {
    const scene = await new Scene().start(route('/a'));
    const before = scene.gateway.config;
    scene.asked();
    await scene.clock.advance(0);
    expect(scene.said()).toBe('reloaded: no changes\n');
    expect(scene.gateway.config).not.toBe(before);
  });

  test('signals that come close together are taken one after the other', async () => {
    const scene = await new Scene().start(route('/a'));
    scene.files.set('g.yaml', route('/b'));
    scene.asked();
    scene.files.set('g.yaml', 'routes: 5');
    scene.asked();
    await scene.clock.advance(0);
    scene.files.set('g.yaml', route('/c'));
    scene.asked();
    await scene.clock.advance(0);
    expect(scene.path).toBe('/c');
  });
});

describe('the end', () => {
  test('nothing is watched, no timer is left, and no change is taken any more', async () => {
    const scene = await new Scene().start(route('/a'));
    scene.write(route('/b'));
    scene.reloading.end();
    const { touched } = scene;
    touched();
    scene.asked();
    await scene.clock.advance(1000);
    expect(scene.path).toBe('/a');
    expect(scene.watching).toBe(0);
    expect(scene.clock.pending).toBe(0);
  });

  test('a file that is being read comes too late', async () => {
    const scene = await new Scene().start(route('/a'));
    scene.files.set('g.yaml', route('/b'));
    scene.asked();
    scene.reloading.end();
    await settle();
    expect(scene.path).toBe('/a');
    expect(scene.said()).toBe('');
  });
});

describe('the last good config', () => {
  const options = { keepLastGood: 'good.yaml' };

  test('is the text of every config that was taken, and of no other', async () => {
    const scene = await new Scene().start(`# ours\n${route('/a')}`, options);
    expect(scene.files.get('good.yaml')).toBe(`# ours\n${route('/a')}`);
    scene.write('routes: 5');
    await scene.clock.advance(1000);
    expect(scene.files.get('good.yaml')).toBe(`# ours\n${route('/a')}`);
    scene.write(route('/b'));
    await scene.clock.advance(1000);
    expect(scene.files.get('good.yaml')).toBe(route('/b'));
  });

  test('is started with when the file has errors, and makes way once they are mended', async () => {
    const scene = new Scene();
    scene.files.set('good.yaml', route('/good'));
    await scene.start('routes: 5', options);
    expect(scene.path).toBe('/good');
    expect(scene.said())
      .toBe(`g.yaml:1:9 error CFG010 routes: expected a list of routes, each with "- " before it, got 5
interpose: g.yaml cannot be used; starting with the last good config, good.yaml
`);
    scene.write(route('/b'));
    await scene.clock.advance(1000);
    expect(scene.path).toBe('/b');
    expect(scene.files.get('good.yaml')).toBe(route('/b'));
  });

  test('is started with when there is no file at all', async () => {
    const scene = new Scene();
    scene.files.set('good.yaml', route('/good'));
    const first = await firstConfig('gone.yaml', 'good.yaml', scene.io);
    expect(first.config.routes[0]?.path).toBe('/good');
    expect(scene.said()).toMatch(/^interpose: cannot read gone.yaml: there is no such file\n/);
  });

  test('that is not good either, or not there, is no config to start with', async () => {
    const scene = new Scene();
    scene.files.set('g.yaml', 'routes: 5');
    await expect(firstConfig('g.yaml', 'good.yaml', scene.io)).rejects.toThrow('g.yaml has errors');
    expect(scene.said()).toContain('cannot read good.yaml');
    scene.files.set('good.yaml', 'routes: 6');
    await expect(firstConfig('g.yaml', 'good.yaml', scene.io)).rejects.toThrow('g.yaml has errors');
    expect(scene.said()).toContain('good.yaml:1:9 error CFG010');
  });

  test('that cannot be written harms nothing', async () => {
    const scene = new Scene();
    scene.failWrites = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    await scene.start(route('/a'), options);
    expect(scene.said()).toBe('interpose: cannot keep the last good config in good.yaml: ENOSPC\n');
    scene.write(route('/b'));
    await scene.clock.advance(1000);
    expect(scene.path).toBe('/b');
  });
});
