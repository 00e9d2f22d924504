/** Counts the answers in what a connection reads; each must be a 200 of a length that its head says. */

const HEAD_END = '\r\n\r\n';

/** Takes the bytes of one connection as they come, and gives how many answers end in them. */
export function answerReader(): (bytes: Buffer) => number {
  let head = '';
  let left = 0;
  return (bytes) => {
    let ended = 0;
    for (let at = 0; at < bytes.length;) {
      if (!left) {
        const before = head.length;
        head += bytes.toString('latin1', at);
        const end = head.indexOf(HEAD_END);
        if (end < 0) break;
        at += end + HEAD_END.length - before;
        left = lengthOf(head.slice(0, end));
        head = '';
      }
      const taken = Math.min(left, bytes.length - at);
      at += taken;
      left -= taken;
      if (!left) ended++;
    }
    return ended;
  };
}

function lengthOf(head: string): number {
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (!head.startsWith('HTTP/1.1 200') || !length) {
    throw new Error(`Expected a 200 with a length, got ${JSON.stringify(head.slice(0, 200))}`);
  }
  return Number(length);
}
