export type { Group } from '../group';
export { type MpiOptions, mpi } from './open';
