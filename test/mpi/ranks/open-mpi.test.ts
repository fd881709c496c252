import { testRanks } from './suite';

testRanks('Open MPI');
