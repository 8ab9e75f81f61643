-- Nothing: the number is taken by the aggregates.
SELECT 1;
