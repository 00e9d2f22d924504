/** Reads a stream of events as browsers do (HTML Living Standard, section 9.2.6), in whatever pieces it comes. */

/** An event that a listener would have heard. */
export interface HeardEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** A reader of events. */
export class EventReader {
  readonly heard: HeardEvent[] = [];
  lastEventId = '';
  retryMs: number | undefined;
  comments = 0;
  readonly #decoder = new TextDecoder('utf-8');
  #text = '';
  #data = '';
  #type = '';
  #id = '';

  take(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    for (;;) {
      const end = /\r\n|\r(?=[^\n])|\n/.exec(this.#text);
      if (!end) return;
      const line = this.#text.slice(0, end.index);
      this.#text = this.#text.slice(end.index + end[0].length);
      this.#line(line);
    }
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return void this.comments++;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data += `${value}\n`;
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): void {
    this.lastEventId = this.#id;
    if (this.#data !== '') {
      this.heard.push({
        type: this.#type || 'message',
        data: this.#data.slice(0, -1),
        lastEventId: this.lastEventId,
      });
    }
    this.#data = this.#type = '';
  }
}
