namespace Interpose.Images.Format;

/// <summary>Search in a table of mappings that is ascending and without overlap, as a reader guarantees.</summary>
public static class VmaTable
{
    /// <summary>Index of the mapping that holds an address, or -1.</summary>
    public static int Find(ReadOnlySpan<ImageVma> vmas, ulong address)
    {
        int low = 0, high = vmas.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (address < vmas[middle].Start)
            {
                high = middle - 1;
            }
            else if (address >= vmas[middle].End)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }
}
