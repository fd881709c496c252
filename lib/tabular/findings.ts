/**
 * The `code` of something that a report warns of, a string that stays the same from version to version.
 *
 * | code | when |
 * |---|---|
 * | `WARN_CHAINRULE_TARGET_MISSING` | rows without the target were left out |
 * | `WARN_CHAINRULE_TARGET_CONSTANT` | the target has the same value in all rows |
 * | `WARN_CHAINRULE_TARGET_GIVEN` | a column alone tells the target nearly perfectly |
 * | `WARN_CHAINRULE_DUPLICATES` | rows to test with are among those to train on |
 * | `WARN_CHAINRULE_RARE_CLASS` | a class has one row, which is trained on |
 * | `WARN_CHAINRULE_IMBALANCE` | a class is more than 20 times as frequent as another |
 * | `WARN_CHAINRULE_FEW_ROWS` | the rows are too few for figures that mean much |
 * | `WARN_CHAINRULE_NO_FEATURES` | no column has anything to learn from in the rows to train on |
 */
export type FindingCode =
  | 'WARN_CHAINRULE_TARGET_MISSING'
  | 'WARN_CHAINRULE_TARGET_CONSTANT'
  | 'WARN_CHAINRULE_TARGET_GIVEN'
  | 'WARN_CHAINRULE_DUPLICATES'
  | 'WARN_CHAINRULE_RARE_CLASS'
  | 'WARN_CHAINRULE_IMBALANCE'
  | 'WARN_CHAINRULE_FEW_ROWS'
  | 'WARN_CHAINRULE_NO_FEATURES';

/** Something about the data that the reader of a report should know. */
export interface Finding {
  code: FindingCode;
  message: string;
}
