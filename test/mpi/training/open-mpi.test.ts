import { testTraining } from './suite';

testTraining('Open MPI');
