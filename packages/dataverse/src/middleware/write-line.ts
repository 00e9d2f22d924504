/** WriteLine: where middleware that tell of requests write. */

/** Takes one line of text. */
export type WriteLine = (line: string) => void;
