/** How long a process waits for another at most, in milliseconds: reading a slow disk takes minutes, not more. */
export const PATIENCE = 1000 * (Number(process.env.ARPENT_PARALLEL_TIMEOUT) || 600);
