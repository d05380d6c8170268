/** A queue that holds so many: who comes when it is full takes the place of the oldest. */
export class DroppingQueue<T> {
  readonly #most: number;
  #items: T[] = [];
  /** Items before this one have been taken or dropped. */
  #first = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** Adds one, and returns the one that had to go for it. */
  push(item: T): T | undefined {
    this.#items.push(item);
    if (this.length <= this.#most) return undefined;
    const oldest = this.#items[this.#first++];
    this.#letGo();
    return oldest;
  }

  /** Takes the oldest, at most so many. */
  take(most: number): T[] {
    const taken = this.#items.slice(this.#first, this.#first + most);
    this.#first += taken.length;
    this.#letGo();
    return taken;
  }

  /** Now and then: each time would move all the others. */
  #letGo(): void {
    if (this.#first <= this.#most && this.length > 0) return;
    this.#items = this.#items.slice(this.#first);
    this.#first = 0;
  }
}
