/** Reads the little-endian base-128 numbers that the tools write into `static/earth/`. */
export class VarintReader {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** The next number, 0 or more. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) throw new Error(`The file ends within a number, at ${this.#at - 1}`);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** The next number, zigzag: 0, -1, 1, -2, 2. */
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
}
