/** What tells those apart who cannot share memory. */
export const processId: number = process.pid;
