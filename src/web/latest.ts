/** Tells the answer to the last question from those to earlier ones, which may come later. */
export class Latest {
  private asked = 0;

  /** @returns whether nothing has been asked since */
  ask(): () => boolean {
    const mine = ++this.asked;
    return () => mine === this.asked;
  }
}
