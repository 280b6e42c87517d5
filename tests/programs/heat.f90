! Heat on a plate, with OpenMP threads.
program heat
  use omp_lib
  implicit none
  integer, parameter :: n = 300
  real(8) :: plate(n, n), next(n, n), total
  character(4096) :: output, go, text
  integer :: step, limit, i, j, unit, sweep
  logical :: finished

  call get_command_argument(1, output)
  call get_command_argument(2, go)
  limit = -1
  if (command_argument_count() > 2) then
    call get_command_argument(3, text)
    read (text, *) limit
  end if
  call omp_set_num_threads(4)
  plate = 0
  plate(1, :) = 100
  plate(:, n) = 50
  next = plate
  open (newunit=unit, file=trim(output), status='replace', action='write')
  step = 0
  do
    inquire (file=trim(go), exist=finished)
    if (finished .or. step == limit) exit
    do sweep = 1, 10
      !$omp parallel do private(i)
      do j = 2, n - 1
        do i = 2, n - 1
          next(i, j) = 0.25d0 * (plate(i - 1, j) + plate(i + 1, j) + plate(i, j - 1) + plate(i, j + 1))
        end do
      end do
      !$omp end parallel do
      plate = next
    end do
    ! Summed in a fixed order, so that all digits are the same each time.
    total = sum(plate)
    write (unit, '(a, i0, 1x, es23.16, 1x, es23.16)') 'step ', step, total, plate(n / 10, n / 2)
    flush (unit)
    step = step + 1
  end do
  write (unit, '(a, i0)') 'done ', step
  close (unit)
end program heat
