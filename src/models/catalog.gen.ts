export const measuredNetworks: Readonly<Record<string, readonly [parameters: number, gmac: number]>> = {};
