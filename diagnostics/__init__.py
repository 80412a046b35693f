"""The library: vocabulary, checks, criteria, verdict and causes of a fibre line; imports nothing else of ours."""
