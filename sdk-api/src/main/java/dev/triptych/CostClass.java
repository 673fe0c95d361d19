package dev.triptych;

/** Whether a call costs money. */
public enum CostClass {
    /** Nothing is billed; a call may be repeated at will. */
    FREE,
    /** Each call may be billed; a call whose fate is unknown is not repeated. */
    BILLED
}
