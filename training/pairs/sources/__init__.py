"""Where pictures and captions come from: folder, Parquet, webdataset, the Hub, drawn circles."""
