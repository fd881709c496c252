/** The number of the process: threads of other processes cannot share memory. */
export const processId: number = process.pid;
