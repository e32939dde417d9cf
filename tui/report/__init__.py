"""The report as a page: for the photographer with all there is to know, for the couple without what is technical."""
