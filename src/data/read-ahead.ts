/**
 * Runs an asynchronous task for each item, several at a time, and gives the results in the items' order.
 *
 * At most `ahead` tasks are under way or waiting to be taken, so a slow consumer holds the producers back. When the
 * consumer stops early, or a task fails, no further task starts.
 */
export async function* readAhead<Item, Result>(
  items: readonly Item[],
  task: (item: Item, index: number) => Promise<Result>,
  ahead: number,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  let next = 0;
  const start = () => {
    const promise = task(items[next]!, next++);
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    promise.catch(() => {});
    pending.push(promise);
  };
  try {
    while (next < items.length || pending.length > 0) {
      while (next < items.length && pending.length < ahead) start();
      yield await pending.shift()!;
    }
  } finally {
    next = items.length;
    await Promise.allSettled(pending);
  }
}
