import { testTraining } from './suite';

testTraining('MPICH');
