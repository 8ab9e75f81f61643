package io.penstock.daemon.detect;

/** What an operator orders of a machine's baselines. Each may be given twice with the same result. */
public enum Commission {
    /** Operating points that have no baseline yet learn one when the machine is there. So it is from the start. */
    LEARN,
    /** No baseline is learned any more: one that is half learned is frozen as it is, or dropped where too little was seen. */
    FREEZE,
    /** Every baseline is forgotten and learned anew: after an overhaul, or when it was learned on an ill machine. */
    RELEARN
}
