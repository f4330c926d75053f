-- Every test file of this directory, in the order of running. A new file is listed here.
return {
  "statistics_test",
  "json_test",
  "rounds_test",
  "report_test",
  "compare_test",
  "pool_test",
}
