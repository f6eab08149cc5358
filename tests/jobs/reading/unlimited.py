"""What opens workbooks, with no limit to the cells of a sheet: only the process's own limits are left."""

from jobs.reading.workbooks import sheet_text, xml_events

xml_events.MAX_CELLS = 1 << 60

if __name__ == "__main__":
    sheet_text.main()
