import { testRanks } from './suite';

testRanks('MPICH');
