/** Why one way to a libtorch leads nowhere on this machine, and what to type to open it. */
export class RouteFailed extends Error {
  /**
   * @param {string} reason
   * @param {string} remedy
   */
  constructor(reason, remedy) {
    super(reason);
    this.remedy = remedy;
  }
}
