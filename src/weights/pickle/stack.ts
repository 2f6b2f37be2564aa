import type { MemoryBudget } from './budget.ts';
import type { PyValue } from './values.ts';

/** Makes the error for a pickle that does not hold together. */
export type Complaint = (what: string) => Error;

const SLOT_BYTES = 8;
const MEMO_ENTRY_BYTES = 48;

/** The memory of a pickle machine: the stack with its marks, and the memo of values to be used again. */
export class PickleStack {
  readonly #budget: MemoryBudget;
  readonly #complain: Complaint;
  readonly #memo = new Map<number, PyValue>();
  readonly #marks: number[] = [];
  readonly #values: PyValue[] = [];

  constructor(budget: MemoryBudget, complain: Complaint) {
    this.#budget = budget;
    this.#complain = complain;
  }

  get isEmpty(): boolean {
    return this.#values.length === 0 && this.#marks.length === 0;
  }

  /** @param cost Estimated bytes of the value itself. */
  push(value: PyValue, cost: number): void {
    this.#budget.charge(SLOT_BYTES + cost);
    this.#values.push(value);
  }

  top(): PyValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.#complain('a pickle takes a value that is not there');
    }
    return this.#values.at(-1)!;
  }

  pop(): PyValue {
    const value = this.top();
    this.#values.pop();
    return value;
  }

  mark(): void {
    this.#budget.charge(SLOT_BYTES);
    this.#marks.push(this.#values.length);
  }

  /** Takes away the last value, or the mark where a mark was last. */
  discard(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else this.pop();
  }

  /** The values since the last mark, taken off the stack with it. */
  popToMark(): PyValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#complain('a pickle closes a group that was not opened');
    return this.#values.splice(mark);
  }

  /** @param index Place in the memo; by default the next one. */
  remember(index = this.#memo.size): void {
    this.#budget.charge(MEMO_ENTRY_BYTES);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#complain(`a pickle recalls value ${index}, which it never stored`);
    this.push(value, 0);
  }
}
